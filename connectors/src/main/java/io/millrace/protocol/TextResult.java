package io.millrace.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rows as the text protocol sends them; null stands for NULL.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset.html">Text Resultset</a>
 */
public record TextResult(List<Column> columns, List<List<@Nullable String>> rows) {
    private static final int UTF8_GENERAL_CI = 33;
    private static final int BINARY = 63;
    private static final int LONGLONG = 0x08;
    private static final int VAR_STRING = 0xfd;
    private static final int NUMBER_WIDTH = 21;
    private static final int TEXT_WIDTH = 65535;

    /** A column, which holds text or whole numbers. */
    public record Column(String name, boolean number) {
        public static Column text(String name) {
            return new Column(name, false);
        }

        public static Column number(String name) {
            return new Column(name, true);
        }
    }

    public TextResult {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /** Hands on the payload of each packet of the result, in order. */
    public void write(boolean moreResults, Consumer<ByteBuffer> packets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        length(out, columns.size());
        packets.accept(drain(out));
        for (Column column : columns) {
            packets.accept(definition(column));
        }
        packets.accept(new EofPacket(false).payload());
        for (List<@Nullable String> row : rows) {
            for (String value : row) {
                value(out, value);
            }
            packets.accept(drain(out));
        }
        packets.accept(new EofPacket(moreResults).payload());
    }

    private static ByteBuffer definition(Column column) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String part : new String[]{"def", "", "", "", column.name(), ""}) {
            value(out, part);
        }
        out.write(0x0c);
        ByteBuffer fixed = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putShort((short) (column.number() ? BINARY : UTF8_GENERAL_CI))
                .putInt(column.number() ? NUMBER_WIDTH : TEXT_WIDTH).put((byte) (column.number() ? LONGLONG : VAR_STRING)).putShort((short) 0);
        out.writeBytes(fixed.array());
        return drain(out);
    }

    private static void value(ByteArrayOutputStream out, @Nullable String value) {
        if (value == null) {
            out.write(0xfb);
            return;
        }
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        length(out, text.length);
        out.writeBytes(text);
    }

    private static void length(ByteArrayOutputStream out, int length) {
        if (length < 0xfb) {
            out.write(length);
            return;
        }
        int bytes = length <= 0xffff ? 2 : length <= 0xffffff ? 3 : Long.BYTES;
        out.write(bytes == 2 ? 0xfc : bytes == 3 ? 0xfd : 0xfe);
        for (int i = 0; i < bytes; i++) {
            out.write(i < Integer.BYTES ? length >>> (8 * i) : 0);
        }
    }

    private static ByteBuffer drain(ByteArrayOutputStream out) {
        ByteBuffer packet = ByteBuffer.wrap(out.toByteArray());
        out.reset();
        return packet;
    }
}
