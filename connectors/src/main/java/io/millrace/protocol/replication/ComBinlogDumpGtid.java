package io.millrace.protocol.replication;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.protocol.Commands;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Asks for the stream from a file and a position of 64 bits, with no GTIDs left out. Only this command reaches past 4 GiB in a file.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_binlog_dump_gtid.html">COM_BINLOG_DUMP_GTID</a>
 */
public record ComBinlogDumpGtid(BinlogCoordinates from, long serverId) {
    private static final int EMPTY_SET = 8;

    public ByteBuffer payload() {
        byte[] name = from.file().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(23 + name.length + EMPTY_SET).order(ByteOrder.LITTLE_ENDIAN).put(Commands.COM_BINLOG_DUMP_GTID).putShort((short) 0)
                .putInt((int) serverId).putInt(name.length).put(name).putLong(from.position()).putInt(EMPTY_SET).putLong(0).flip();
    }
}
