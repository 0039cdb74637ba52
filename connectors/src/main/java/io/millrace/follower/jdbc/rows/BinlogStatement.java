package io.millrace.follower.jdbc.rows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * Makes the text of a {@code BINLOG} statement of events.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/binlog.html">BINLOG Statement</a>
 */
final class BinlogStatement {
    private static final byte[] HEAD = "BINLOG '".getBytes(StandardCharsets.ISO_8859_1);
    /** Above it, in bytes, memory counts for more than time. */
    private static final int LARGE = 4 << 20;

    private BinlogStatement() {
    }

    /** @param bytes of all events together */
    static String of(List<byte[]> events, int bytes) {
        ByteArrayOutputStream text = new ByteArrayOutputStream(HEAD.length + (bytes + 2) / 3 * 4 + 1);
        text.writeBytes(HEAD);
        if (bytes > LARGE) {
            stream(events, text);
        } else {
            text.writeBytes(Base64.getEncoder().encode(joined(events, bytes)));
        }
        text.write('\'');
        return text.toString(StandardCharsets.ISO_8859_1);
    }

    private static byte[] joined(List<byte[]> events, int bytes) {
        byte[] all = new byte[bytes];
        int at = 0;
        for (byte[] event : events) {
            System.arraycopy(event, 0, all, at, event.length);
            at += event.length;
        }
        return all;
    }

    private static void stream(List<byte[]> events, ByteArrayOutputStream text) {
        try (OutputStream encoded = Base64.getEncoder().wrap(text)) {
            for (byte[] event : events) {
                encoded.write(event);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
