package io.millrace.binlog.event;

import io.millrace.binlog.GtidSet;
import io.millrace.binlog.GtidSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;

/** Reads the GTID set that stands at the head of a file: everything executed before it. */
public final class PreviousGtidsReader {
    private static final int LONGEST_TAG = 32;

    private PreviousGtidsReader() {
    }

    /** Reads the body of a {@code PREVIOUS_GTIDS} event, with or without tags (format byte 1 or 0). */
    public static GtidSet read(ByteBuffer body) {
        ByteBuffer bytes = body.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long head = bytes.getLong();
        boolean tagged = (head >>> 56) == 1;
        long sources = tagged ? (head << 8) >>> 16 : head;
        GtidSet.Builder set = new GtidSet.Builder();
        for (long i = 0; i < sources; i++) {
            readSource(bytes, tagged, set);
        }
        return set.build();
    }

    private static void readSource(ByteBuffer bytes, boolean tagged, GtidSet.Builder set) {
        ByteBuffer uuid = bytes.slice(bytes.position(), 16);
        bytes.position(bytes.position() + 16);
        byte[] tag = new byte[tagged ? tagLength(bytes) : 0];
        bytes.get(tag);
        GtidSource source = new GtidSource(GtidEventReader.uuid(uuid), new String(tag, StandardCharsets.UTF_8));
        long intervals = bytes.getLong();
        for (long i = 0; i < intervals; i++) {
            long first = bytes.getLong();
            set.add(source, first, bytes.getLong() - 1);
        }
    }

    /** Also what a client sends is read here, so nothing is believed. */
    private static int tagLength(ByteBuffer bytes) {
        long length = Varlen.unsigned(bytes);
        if (length < 0 || length > LONGEST_TAG) {
            throw new IllegalArgumentException("a tag of " + length + " bytes in a GTID set");
        }
        return (int) length;
    }

    /** Reads MariaDB's {@code GTID_LIST}: the last GTID of each domain and server, as the server writes them. */
    public static String readMariaDb(ByteBuffer body) {
        ByteBuffer bytes = body.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int count = bytes.getInt() & 0x0fffffff;
        StringJoiner list = new StringJoiner(",");
        for (int i = 0; i < count; i++) {
            String domain = Integer.toUnsignedString(bytes.getInt());
            String server = Integer.toUnsignedString(bytes.getInt());
            list.add(domain + "-" + server + "-" + Long.toUnsignedString(bytes.getLong()));
        }
        return list.toString();
    }
}
