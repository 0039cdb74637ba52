package io.millrace.binlog.row;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/**
 * The server's binary JSON as text. Text has no words for some of its types: DECIMAL becomes a floating-point number when it is read
 * back, dates, times and blobs become strings.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/json__binary_8h.html">json_binary.h</a>
 */
public final class JsonText {
    private static final int LARGE_ARRAY = 3;
    private static final int LITERAL = 4;
    private static final int INT16 = 5;
    private static final int UINT16 = 6;
    private static final int INT32 = 7;
    private static final int UINT32 = 8;
    private static final int INT64 = 9;
    private static final int UINT64 = 10;
    private static final int DOUBLE = 11;
    private static final int STRING = 12;

    private final StringBuilder text = new StringBuilder();

    private JsonText() {
    }

    /** Empty bytes are JSON null, as the server has it. */
    public static String of(ByteBuffer binary) {
        if (!binary.hasRemaining()) {
            return "null";
        }
        JsonText writer = new JsonText();
        ByteBuffer bytes = binary.slice().order(ByteOrder.LITTLE_ENDIAN);
        writer.value(bytes.get(0), slice(bytes, 1));
        return writer.text.toString();
    }

    private static ByteBuffer slice(ByteBuffer bytes, int from) {
        return bytes.slice(from, bytes.limit() - from).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void value(int type, ByteBuffer data) {
        switch (type) {
            case 0, 1, 2, LARGE_ARRAY -> container(type, data);
            case LITERAL -> literal(data.get(0));
            case INT16 -> text.append(data.getShort(0));
            case UINT16 -> text.append(data.getShort(0) & 0xffff);
            case INT32 -> text.append(data.getInt(0));
            case UINT32 -> text.append(Integer.toUnsignedString(data.getInt(0)));
            case INT64 -> text.append(data.getLong(0));
            case UINT64 -> text.append(Long.toUnsignedString(data.getLong(0)));
            case DOUBLE -> text.append(data.getDouble(0));
            case STRING -> string(data);
            default -> opaque(data);
        }
    }

    private void literal(int code) {
        text.append(switch (code) {
            case 1 -> "true";
            case 2 -> "false";
            default -> "null";
        });
    }

    private void container(int type, ByteBuffer data) {
        boolean large = (type & 1) != 0;
        boolean object = type < 2;
        int width = large ? 4 : 2;
        int count = number(data, 0, large);
        int keys = 2 * width;
        int values = keys + (object ? count * (width + 2) : 0);
        text.append(object ? '{' : '[');
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : ", ");
            if (object) {
                int entry = keys + i * (width + 2);
                quoted(data, number(data, entry, large), data.getShort(entry + width) & 0xffff);
                text.append(": ");
            }
            member(data, values + i * (1 + width), large);
        }
        text.append(object ? '}' : ']');
    }

    /** Small values stand in the entry itself, others where it points to. */
    private void member(ByteBuffer data, int entry, boolean large) {
        int type = data.get(entry);
        boolean inline = type == LITERAL || type == INT16 || type == UINT16 || large && (type == INT32 || type == UINT32);
        value(type, slice(data, inline ? entry + 1 : number(data, entry + 1, large)));
    }

    private static int number(ByteBuffer data, int at, boolean large) {
        return large ? data.getInt(at) : data.getShort(at) & 0xffff;
    }

    private void string(ByteBuffer data) {
        int length = length(data);
        quoted(data, data.position(), length);
    }

    private static int length(ByteBuffer data) {
        int length = 0;
        for (int shift = 0;; shift += 7) {
            int next = data.get();
            length |= (next & 0x7f) << shift;
            if (next >= 0) {
                return length;
            }
        }
    }

    private void quoted(ByteBuffer data, int start, int length) {
        byte[] bytes = new byte[length];
        data.get(start, bytes);
        text.append('"');
        String value = new String(bytes, StandardCharsets.UTF_8);
        for (int i = 0; i < value.length(); i++) {
            char letter = value.charAt(i);
            switch (letter) {
                case '"', '\\' -> text.append('\\').append(letter);
                default -> {
                    if (letter < ' ') {
                        text.append(String.format(Locale.ROOT, "\\u%04x", (int) letter));
                    } else {
                        text.append(letter);
                    }
                }
            }
        }
        text.append('"');
    }

    private void opaque(ByteBuffer data) {
        int type = data.get() & 0xff;
        int length = length(data);
        ByteBuffer value = data.slice(data.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case ColumnType.NEWDECIMAL -> text.append(DecimalReader.read(value.get(), value.get(), value));
            case ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIMESTAMP -> text.append('"').append(datetime(value.getLong(), type)).append('"');
            case ColumnType.TIME -> text.append('"').append(time(value.getLong())).append('"');
            default -> {
                byte[] bytes = new byte[value.remaining()];
                value.get(bytes);
                text.append("\"base64:type").append(type).append(':').append(Base64.getEncoder().encodeToString(bytes)).append('"');
            }
        }
    }

    private static String datetime(long packed, int type) {
        long whole = packed >> 24;
        long date = whole >> 17;
        String day = String.format(Locale.ROOT, "%04d-%02d-%02d", (date >> 5) / 13, (date >> 5) % 13, date & 31);
        long time = whole & 0x1ffff;
        return type == ColumnType.DATE
                ? day
                : day + String.format(Locale.ROOT, " %02d:%02d:%02d.%06d", time >> 12, time >> 6 & 63, time & 63, packed & 0xffffff);
    }

    private static String time(long packed) {
        long size = Math.abs(packed);
        long whole = size >> 24;
        return String.format(Locale.ROOT, "%s%02d:%02d:%02d.%06d", packed < 0 ? "-" : "", whole >> 12 & 0x3ff, whole >> 6 & 63, whole & 63,
                size & 0xffffff);
    }
}
