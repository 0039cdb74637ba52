package io.millrace.serve.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LikePatternTest {
    @ParameterizedTest
    @CsvSource({"gtid%,gtid_mode,true", "gtid%,xgtid,false", "%,anything,true", "SERVER_ID,server_id,true", "server_id,serverxid,true",
            "server\\_id,serverxid,false", "server\\_id,server_id,true", "%mode,gtid_mode,true", "%g%t%,gtid,true", "a%b%c,axxbyyc,true",
            "a%b%c,axxbyy,false", "'','',true", "_,'',false", "a,ab,false"})
    void matchesAsTheServerDoes(String pattern, String text, boolean matches) {
        assertThat(LikePattern.matches(pattern, text)).isEqualTo(matches);
    }

    @Test
    void isNotSlowedDownByAnyPattern() {
        assertThat(LikePattern.matches("%a".repeat(500) + "%b", "a".repeat(20_000))).isFalse();
    }
}
