package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.event.TransactionScanner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/** Scans the last file by length and checksum, and cuts it to the last whole transaction. */
final class Recovery {
    private static final long NONE = -1;

    private Recovery() {
    }

    /**
     * How the file stands after recovery.
     *
     * @param end its size
     * @param lastEvent where the last event begins; 4 where there is none
     * @param seconds since 1970, by the leader's clock, of its newest event; 0 if none has a time
     */
    record Result(long end, long lastEvent, long seconds) {}

    static Result recover(Path file) throws IOException {
        if (Files.size(file) < BinlogCoordinates.HEAD) {
            rewriteMagic(file);
            return new Result(BinlogCoordinates.HEAD, BinlogCoordinates.HEAD, 0);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true); // What the index is about to name must not be lost after that.
            Scan scan = scanFromIndex(file);
            channel.truncate(scan.result().end());
            channel.force(true);
            scan.index().ifPresent(entries -> PositionIndex.rewrite(file, entries)); // Last: on a full disk the cut makes room.
            return scan.result();
        }
    }

    /** Cuts off what is not believed. */
    static void cut(Path file, long end) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(end);
            channel.force(true);
        }
    }

    /** The time of the newest event of a file that is not written to any more, in seconds since 1970; 0 if none has a time. */
    static long newest(Path file) throws IOException {
        Scan scan = scanFromIndex(file);
        scan.index().ifPresent(entries -> PositionIndex.rewrite(file, entries));
        return scan.result().seconds();
    }

    /** @param index what the index should be, where it is not */
    private record Scan(Result result, Optional<List<PositionIndex.Entry>> index) {}

    /** Begins at the last position of the index behind which there is a whole transaction. */
    private static Scan scanFromIndex(Path file) throws IOException {
        List<PositionIndex.Entry> known = PositionIndex.read(file, Files.size(file));
        int count = known.size();
        List<PositionIndex.Entry> found = new ArrayList<>();
        Result result = scan(file, start(known, count), found);
        while (count > 0 && result.lastEvent() == NONE) {
            count--;
            found.clear();
            result = scan(file, start(known, count), found);
        }
        Result told = result.lastEvent() == NONE ? new Result(result.end(), BinlogCoordinates.HEAD, result.seconds()) : result;
        if (found.isEmpty() && count == known.size()) {
            return new Scan(told, Optional.empty());
        }
        List<PositionIndex.Entry> entries = new ArrayList<>(known.subList(0, count));
        entries.addAll(found);
        return new Scan(told, Optional.of(entries));
    }

    private static PositionIndex.Entry start(List<PositionIndex.Entry> known, int count) {
        return count == 0 ? new PositionIndex.Entry(BinlogCoordinates.HEAD, 0) : known.get(count - 1);
    }

    private static void rewriteMagic(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            channel.write(ByteBuffer.wrap(EventChannel.MAGIC));
            channel.force(true);
        }
    }

    private static Result scan(Path file, PositionIndex.Entry from, List<PositionIndex.Entry> found) throws IOException {
        TransactionScanner scanner = new TransactionScanner();
        long end = from.position();
        long seconds = from.seconds();
        long lastEvent = NONE;
        long noted = end;
        try (EventChannel events = new EventChannel(file)) {
            events.seek(from.position(), events.size());
            long start = events.position();
            Optional<BinlogEvent> event = events.next(events.size());
            while (event.isPresent() && isIntact(event.get())) {
                seconds = Math.max(seconds, event.get().header().timestamp());
                if (scanner.accept(event.get().header(), event.get().body()) != TransactionScanner.Step.INSIDE) {
                    end = events.position();
                    lastEvent = start;
                    if (end - noted >= PositionIndex.STEP) {
                        found.add(new PositionIndex.Entry(end, seconds));
                        noted = end;
                    }
                }
                start = events.position();
                event = events.next(events.size());
            }
        } catch (RelayLogException | IndexOutOfBoundsException e) {
            // The tail is torn: everything before it is kept.
            return new Result(end, lastEvent, seconds);
        }
        return new Result(end, lastEvent, seconds);
    }

    static boolean isIntact(BinlogEvent event) {
        ByteBuffer bytes = event.bytes();
        if (event.type() == EventType.FORMAT_DESCRIPTION) {
            return crc(bytes.slice(0, bytes.limit() - 4)) == bytes.getInt(bytes.limit() - 4) || FormatDescription.read(bytes).checksumLength() == 0;
        }
        return event.checksumLength() == 0 || crc(bytes.slice(0, bytes.limit() - 4)) == bytes.getInt(bytes.limit() - 4);
    }

    private static int crc(ByteBuffer bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
