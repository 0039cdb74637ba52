package io.millrace.binlog.compressed;

import com.github.luben.zstd.ZstdInputStream;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventHeaderReader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.Lenenc;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The events inside a compressed transaction, one after the other, so that its size does not matter. They carry no checksums. One
 * thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/binary-log-transaction-compression.html">Binary Log Transaction Compression</a>
 */
public final class TransactionPayloadReader implements AutoCloseable {
    private static final int END = 0;
    private static final int PAYLOAD_SIZE = 1;
    private static final int COMPRESSION = 2;
    private static final int NOT_COMPRESSED = 255;

    private final InputStream events;

    /** @param event of type {@link EventType#TRANSACTION_PAYLOAD} */
    public TransactionPayloadReader(BinlogEvent event) throws IOException {
        ByteBuffer body = event.body();
        long compression = 0;
        long size = 0;
        int field = (int) Lenenc.read(body);
        while (field != END) {
            int length = (int) Lenenc.read(body);
            ByteBuffer value = body.slice(body.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            body.position(body.position() + length);
            if (field == COMPRESSION) {
                compression = Lenenc.read(value);
            } else if (field == PAYLOAD_SIZE) {
                size = Lenenc.read(value);
            }
            field = (int) Lenenc.read(body);
        }
        byte[] payload = new byte[Math.toIntExact(size)];
        body.get(payload);
        InputStream stored = new ByteArrayInputStream(payload);
        events = compression == NOT_COMPRESSED ? stored : new ZstdInputStream(stored).setContinuous(false);
    }

    /** Gives each event of a compressed transaction, or an event of another kind as it is. */
    public static void forEach(BinlogEvent event, Consumer<BinlogEvent> taker) throws IOException {
        if (event.type() != EventType.TRANSACTION_PAYLOAD) {
            taker.accept(event);
            return;
        }
        try (TransactionPayloadReader payload = new TransactionPayloadReader(event)) {
            for (Optional<BinlogEvent> inner = payload.next(); inner.isPresent(); inner = payload.next()) {
                taker.accept(inner.get());
            }
        }
    }

    /** The next event; empty after the last. */
    public Optional<BinlogEvent> next() throws IOException {
        byte[] header = events.readNBytes(EventHeader.SIZE);
        if (header.length == 0) {
            return Optional.empty();
        }
        if (header.length < EventHeader.SIZE) {
            throw new EOFException("a compressed transaction ends inside an event");
        }
        EventHeader read = EventHeaderReader.read(ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN), 0);
        byte[] whole = new byte[Math.toIntExact(read.length())];
        System.arraycopy(header, 0, whole, 0, header.length);
        if (events.readNBytes(whole, header.length, whole.length - header.length) < whole.length - header.length) {
            throw new EOFException("a compressed transaction ends inside an event");
        }
        return Optional.of(new BinlogEvent(read, ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN), 0));
    }

    @Override
    public void close() throws IOException {
        events.close();
    }
}
