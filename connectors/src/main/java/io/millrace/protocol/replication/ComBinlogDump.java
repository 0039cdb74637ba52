package io.millrace.protocol.replication;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.protocol.Commands;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Asks for the stream from a file and a position of 32 bits.
 *
 * @param flags 0, or {@link #MARIADB_ANNOTATE_ROWS}
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_binlog_dump.html">COM_BINLOG_DUMP</a>
 */
public record ComBinlogDump(BinlogCoordinates from, int flags, long serverId) {
    /** MariaDB leaves its annotate events out, and so holes in the positions, unless it is asked for them. */
    public static final int MARIADB_ANNOTATE_ROWS = 0x02;
    /** The largest position that the command can carry. */
    public static final long LARGEST_POSITION = 0xffffffffL;

    public ByteBuffer payload() {
        byte[] name = from.file().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(11 + name.length).order(ByteOrder.LITTLE_ENDIAN).put(Commands.COM_BINLOG_DUMP).putInt((int) from.position())
                .putShort((short) flags).putInt((int) serverId).put(name).flip();
    }
}
