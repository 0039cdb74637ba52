package io.millrace.connection;

import io.millrace.protocol.Commands;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.PacketInput;
import io.millrace.protocol.TextRow;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Hands on the packets of a server's answer as they come, and knows by the command where the answer ends. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase_ps.html">Prepared Statements</a>
 */
final class AnswerRelay {
    private static final int EOF = 0xfe;
    private static final int SHORT_PACKET = 9;
    private static final int MORE_RESULTS = 0x0008;
    private static final int CURSOR_EXISTS = 0x0040;
    private static final int PREPARED_COLUMNS = 5;
    private static final int PREPARED_PARAMETERS = 7;

    private final PacketInput input;
    private final ServerConnection.RowReceiver packets;

    AnswerRelay(PacketInput input, ServerConnection.RowReceiver packets) {
        this.input = input;
        this.packets = packets;
    }

    /** Waits for the whole answer to a command that was sent. */
    void answerTo(int command) throws IOException {
        switch (command) {
            case Commands.COM_STMT_SEND_LONG_DATA, Commands.COM_STMT_CLOSE -> {
                return; // A server says nothing to these.
            }
            case Commands.COM_STMT_PREPARE -> prepared();
            case Commands.COM_STMT_FETCH, Commands.COM_FIELD_LIST -> rows();
            default -> results();
        }
    }

    private void results() throws IOException {
        boolean more = true;
        while (more) {
            more = result();
        }
    }

    private boolean result() throws IOException {
        ByteBuffer head = handOn();
        int mark = head.get(0) & 0xff;
        if (mark == ErrPacket.MARK) {
            return false;
        }
        if (mark == 0) {
            return moreFollow(okStatus(head));
        }
        int status = definitions(TextRow.nextLength(head));
        // Of a statement that was opened with a cursor the rows come only when they are fetched.
        return (status & CURSOR_EXISTS) != 0 ? moreFollow(status) : rows();
    }

    private void prepared() throws IOException {
        ByteBuffer head = handOn();
        if (head.get(0) == 0) {
            int columns = head.getShort(PREPARED_COLUMNS) & 0xffff;
            definitions(head.getShort(PREPARED_PARAMETERS) & 0xffff);
            definitions(columns);
        }
    }

    /** Columns or parameters, and the mark of their end, whose status it tells. */
    private int definitions(long count) throws IOException {
        for (long i = 0; i < count; i++) {
            handOn();
        }
        return count == 0 ? 0 : eofStatus(handOn());
    }

    private boolean rows() throws IOException {
        while (true) {
            ByteBuffer packet = handOn();
            int first = packet.hasRemaining() ? packet.get(0) & 0xff : 0;
            if (first == ErrPacket.MARK) {
                return false;
            }
            if (first == EOF && packet.remaining() < SHORT_PACKET) {
                return moreFollow(eofStatus(packet));
            }
        }
    }

    private ByteBuffer handOn() throws IOException {
        ByteBuffer packet = input.packet();
        packets.row(packet.duplicate());
        return packet;
    }

    static boolean moreFollow(int status) {
        return (status & MORE_RESULTS) != 0;
    }

    private static int eofStatus(ByteBuffer eof) {
        return eof.getShort(3) & 0xffff;
    }

    /** The status of an OK packet. */
    static int okStatus(ByteBuffer ok) {
        ByteBuffer packet = ok.duplicate().order(ok.order()).position(1);
        TextRow.nextLength(packet);
        TextRow.nextLength(packet);
        return packet.getShort() & 0xffff;
    }
}
