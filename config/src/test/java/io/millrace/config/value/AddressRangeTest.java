package io.millrace.config.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
    @ParameterizedTest
    @CsvSource({"10.1.0.0/16,10.1.255.7,true", "10.1.0.0/16,10.2.0.1,false", "10.1.2.3,10.1.2.3,true", "10.1.2.3,10.1.2.4,false",
            "10.1.2.128/25,10.1.2.129,true", "10.1.2.128/25,10.1.2.127,false", "0.0.0.0/0,192.0.2.1,true", "::1,::1,true",
            "2001:db8::/32,2001:db8:7::1,true",
            "2001:db8::/32,2001:db9::1,false", "0.0.0.0/0,::1,false"})
    void containsTheAddressesThatBeginAlike(String range, String address, boolean contained) throws Exception {
        assertThat(AddressRange.parse(range).contains(InetAddress.getByName(address))).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "10.1.0.0/33", "10.1.0.0/", "::1/129", "10.1.0.0/x", "example.com", "abc", "1.2.3.4.5.6.7"})
    void refusesEverythingElseWithoutLookingItUp(String text) {
        assertThat(AddressRange.isValid(text)).isFalse();
    }
}
