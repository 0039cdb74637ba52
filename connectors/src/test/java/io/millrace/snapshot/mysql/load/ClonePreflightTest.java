package io.millrace.snapshot.mysql.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connection.ServerVersion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClonePreflightTest {
    @ParameterizedTest
    @CsvSource({"9.7.4, 9.7.4, true", "8.4.1, 8.4.9, true", "8.0.40, 8.0.37, true", "8.0.30, 8.0.30, true", "8.0.36, 8.0.37, false",
            "8.0.31, 8.0.30, false", "8.0.16, 8.0.16, false", "8.0.40, 8.4.0, false", "9.6.0, 9.7.0, false", "5.7.44, 5.7.44, false",
            "10.11.6-MariaDB, 10.11.6-MariaDB, false"})
    void clonesWithinASeriesOnly(String leader, String follower, boolean fits) {
        assertThat(ClonePreflight.fit(ServerVersion.parse(leader), ServerVersion.parse(follower))).isEqualTo(fits);
    }
}
