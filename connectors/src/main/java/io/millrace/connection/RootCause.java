package io.millrace.connection;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;

/** What lies under the failures of drivers and pools, which say little by themselves. */
public final class RootCause {
    private RootCause() {
    }

    private static SequencedSet<Throwable> chain(Throwable failure) {
        SequencedSet<Throwable> chain = new LinkedHashSet<>();
        for (Throwable next = failure; next != null && chain.add(next);) {
            next = next.getCause();
        }
        return chain;
    }

    /** A pool says only that it waited: what it waited for is told by its cause. */
    public static SQLException underThePool(SQLException failure) {
        return failure instanceof SQLTransientConnectionException && failure.getCause() instanceof SQLException cause ? cause : failure;
    }

    /** The first line of what a failure says, with what its innermost cause says. */
    public static String told(Throwable failure) {
        String said = String.valueOf(failure.getMessage()).split("\n", 2)[0].strip();
        Throwable last = chain(failure).getLast();
        String innermost = last instanceof UnknownHostException
                ? "no address is known for the host " + last.getMessage()
                : String.valueOf(last.getMessage());
        return said.contains(innermost) || innermost.equals("null") ? said : said + ": " + innermost;
    }

    /**
     * Tells that a server's certificate, or its name in it, may not be trusted.
     *
     * @param who the server
     * @param setting where its TLS is configured
     * @return empty where that is not what failed
     */
    public static Optional<String> distrust(String who, String setting, Throwable failure) {
        Optional<Throwable> old = chain(failure).stream()
                .filter(cause -> cause instanceof CertificateExpiredException || cause instanceof CertificateNotYetValidException).findFirst();
        if (old.isPresent()) {
            return Optional.of(who + " has a certificate that is not valid now: " + old.get().getMessage() + "; renew it, or set the clocks right");
        }
        return chain(failure).stream()
                .filter(cause -> cause instanceof CertificateException || cause instanceof CertPathValidatorException
                        || cause instanceof CertPathBuilderException)
                .findFirst().map(cause -> who + " is not trusted: " + cause.getMessage() + "; let " + setting
                        + ".ca name the authority that signed its certificate, give a host that the certificate names, or verify less with " + setting
                        + ".mode");
    }
}
