package io.millrace.config;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Encryption of one kind of connection, in the words of MySQL's own clients. */
public record TlsConfig(
        @Setting(value = "`disabled`, `preferred` (if the server offers it), `required`, `verify-ca` or `verify-identity`.", orElse = "preferred") Mode mode,
        @Setting(value = "PEM file of the certificate authorities to trust; none means those of the Java runtime.", orElse = "null") Optional<Path> ca,
        @Setting(value = "PEM file of our own certificate chain, where the server asks for one.", orElse = "null") Optional<Path> certificate,
        @Setting(value = "PEM file (PKCS#8, not encrypted) of the key that belongs to `certificate`.", orElse = "null") Optional<Path> key)
        implements
            Checked {

    /** How much a connection insists on encryption. */
    public enum Mode {
        DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY;

        /** Whether the server's certificate must be signed by a trusted authority. */
        public boolean verifies() {
            return this == VERIFY_CA || this == VERIFY_IDENTITY;
        }
    }

    /** Encryption where the server offers it, nothing verified. */
    public static TlsConfig preferred() {
        return new TlsConfig(Mode.PREFERRED, Optional.empty(), Optional.empty(), Optional.empty());
    }

    @Override
    public void check(Consumer<String> problems) {
        if (certificate.isPresent() != key.isPresent()) {
            problems.accept("certificate and key must be given together");
        }
        if (ca.isPresent() && !mode.verifies()) {
            problems.accept("ca has no effect with mode " + mode + ": use verify-ca or verify-identity");
        }
    }
}
