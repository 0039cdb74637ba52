package io.millrace.connection;

import io.millrace.protocol.Commands;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.PacketInput;
import io.millrace.protocol.TextRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Hands on the frames of a server's answer piece by piece as they come, be a row ever so wide, and knows by the command where the answer
 * ends. One thread.
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
    private static final int BEGINNING = 64;

    private final PacketInput input;
    private final AnswerReceiver receiver;
    private final ByteBuffer beginning = ByteBuffer.allocate(BEGINNING).order(ByteOrder.LITTLE_ENDIAN);

    AnswerRelay(PacketInput input, AnswerReceiver receiver) {
        this.input = input;
        this.receiver = receiver;
    }

    /** Waits for the whole answer to a command that was sent. */
    void answerTo(int command) throws IOException {
        switch (command) {
            case Commands.COM_STMT_SEND_LONG_DATA, Commands.COM_STMT_CLOSE -> {
                return; // A server says nothing to these.
            }
            case Commands.COM_SET_OPTION -> handOn(); // One packet, in the form of the end of rows.
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

    /** Gives as much of the beginning of the packet as tells what it is; good until the next one. */
    private ByteBuffer handOn() throws IOException {
        beginning.clear();
        do {
            receiver.frame(input.beginFrame());
            for (ByteBuffer part = input.part(); part.hasRemaining(); part = input.part()) {
                int count = Math.min(part.remaining(), beginning.remaining());
                beginning.put(part.slice(0, count));
                receiver.part(part);
            }
        } while (input.continues());
        return beginning.flip();
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
