package io.millrace.binlog.event;

import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** Reads the event that opens a transaction, in its untagged and its tagged form. */
public final class GtidEventReader {
    private static final int FIELD_UUID = 1;
    private static final int FIELD_NUMBER = 2;
    private static final int FIELD_TAG = 3;
    private static final int UUID_BYTES = 16;

    private GtidEventReader() {
    }

    /** The transaction's GTID; empty for an anonymous one and for MariaDB's. */
    public static Optional<Gtid> read(BinlogEvent event) {
        return switch (event.type()) {
            case EventType.GTID -> Optional.of(untagged(event.body()));
            case EventType.GTID_TAGGED -> Optional.of(tagged(event.body()));
            default -> Optional.empty();
        };
    }

    /** MariaDB's {@code domain-server-sequence} of an event of type 162. */
    public static String readMariaDb(BinlogEvent event) {
        ByteBuffer body = event.body();
        return Integer.toUnsignedString(body.getInt(8)) + "-" + event.header().serverId() + "-" + Long.toUnsignedString(body.getLong(0));
    }

    private static Gtid untagged(ByteBuffer body) {
        return new Gtid(new GtidSource(uuid(body.slice(1, UUID_BYTES)), ""), body.getLong(1 + UUID_BYTES));
    }

    private static Gtid tagged(ByteBuffer body) {
        Varlen.unsigned(body); // format version
        Varlen.unsigned(body); // size
        Varlen.unsigned(body); // last field that must not be ignored
        ByteBuffer server = ByteBuffer.allocate(UUID_BYTES);
        long number = 0;
        String tag = "";
        while (body.hasRemaining()) {
            switch ((int) Varlen.unsigned(body)) {
                case FIELD_UUID -> readUuid(body, server);
                case FIELD_NUMBER -> number = Varlen.signed(body);
                case FIELD_TAG -> {
                    tag = readText(body);
                    return new Gtid(new GtidSource(uuid(server.flip()), tag), number);
                }
                default -> Varlen.unsigned(body);
            }
        }
        return new Gtid(new GtidSource(uuid(server.flip()), tag), number);
    }

    private static void readUuid(ByteBuffer body, ByteBuffer server) {
        for (int i = 0; i < UUID_BYTES; i++) {
            server.put((byte) Varlen.unsigned(body));
        }
    }

    private static String readText(ByteBuffer body) {
        byte[] text = new byte[(int) Varlen.unsigned(body)];
        body.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    static UUID uuid(ByteBuffer bytes) {
        ByteBuffer big = bytes.duplicate().order(ByteOrder.BIG_ENDIAN);
        return new UUID(big.getLong(), big.getLong());
    }
}
