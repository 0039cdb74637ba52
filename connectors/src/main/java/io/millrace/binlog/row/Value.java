package io.millrace.binlog.row;

import java.nio.ByteBuffer;

/** One column of one row image. Equal values have equal content; the buffers are views that nobody writes to. */
public sealed interface Value {
    /** SQL NULL. */
    record Null() implements Value {}

    /** A number, date or time in the text that the server prints with {@code time_zone='+00:00'}; ENUM and SET as their number. */
    record Text(String text) implements Value {}

    /** A string, blob, bit field or geometry: the stored bytes, in the column's own character set. */
    record Bytes(ByteBuffer bytes) implements Value {}

    /** JSON in the server's binary form. */
    record Json(ByteBuffer bytes) implements Value {}

    /** A floating-point number, which has no one text. */
    record Floating(double number, boolean isDouble) implements Value {}
}
