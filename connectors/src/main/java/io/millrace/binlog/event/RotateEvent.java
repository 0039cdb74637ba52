package io.millrace.binlog.event;

import io.millrace.binlog.BinlogCoordinates;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Where the log goes on. A real one ends a file; an artificial one names the file whose events come next. */
public record RotateEvent(BinlogCoordinates next) {
    /** Reads the body of a {@code ROTATE} event, checksum taken off. */
    public static RotateEvent read(ByteBuffer body) {
        byte[] name = new byte[body.limit() - 8];
        body.get(8, name);
        return new RotateEvent(new BinlogCoordinates(new String(name, StandardCharsets.UTF_8), body.getLong(0)));
    }
}
