package io.millrace.serve.dump;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.GtidEventReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a MariaDB replica stands: the last GTID of each domain. One thread.
 *
 * @see <a href="https://mariadb.com/kb/en/gtid/">Global Transaction ID</a>
 */
final class MariaDbPosition implements SkipRule {
    private static final int ENTRY = 16;

    private final Map<Long, Entry> wanted = new HashMap<>();
    private final Map<Long, Entry> notSeen = new HashMap<>();
    /** The last of each domain and server, those of a domain in the order in which they were logged. */
    private final Map<Long, Map<Long, Entry>> reached = new TreeMap<>();

    /** One GTID: domain, server and sequence number. */
    record Entry(long domain, long server, long number) {
        static Entry parse(String text) {
            String[] parts = text.strip().split("-", -1);
            if (parts.length != 3) {
                throw new IllegalArgumentException("not a GTID of MariaDB: \"" + text + "\"");
            }
            return new Entry(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
        }

        @Override
        public String toString() {
            return domain + "-" + server + "-" + number;
        }
    }

    /** @throws IllegalArgumentException if the text is no list of GTIDs */
    MariaDbPosition(String text) {
        list(text).forEach(entry -> wanted.put(entry.domain(), entry));
    }

    static List<Entry> list(String text) {
        List<Entry> entries = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                entries.add(Entry.parse(part));
            }
        }
        return entries;
    }

    /** Whether a file that begins after these GTIDs begins before everything that the replica lacks. */
    boolean mayBeginAfter(List<Entry> before) {
        for (int i = 0; i < before.size(); i++) {
            Entry last = before.get(i);
            Entry mine = wanted.get(last.domain());
            if (mine == null) {
                return false;
            }
            boolean lastOfDomain = i + 1 == before.size() || before.get(i + 1).domain() != last.domain();
            boolean reached = mine.number() == last.number() && lastOfDomain;
            if (mine.server() == last.server() && mine.number() <= last.number() && !reached) {
                return false;
            }
        }
        return true;
    }

    /** The stream begins with a file before which there are these GTIDs. */
    void beginAfter(List<Entry> before) {
        notSeen.putAll(wanted);
        before.forEach(this::reach);
        for (int i = 0; i < before.size(); i++) {
            boolean lastOfDomain = i + 1 == before.size() || before.get(i + 1).domain() != before.get(i).domain();
            if (lastOfDomain && before.get(i).equals(notSeen.get(before.get(i).domain()))) {
                notSeen.remove(before.get(i).domain());
            }
        }
    }

    private void reach(Entry entry) {
        Map<Long, Entry> domain = reached.computeIfAbsent(entry.domain(), absent -> new LinkedHashMap<>());
        domain.remove(entry.server());
        domain.put(entry.server(), entry);
    }

    @Override
    public boolean skips(BinlogEvent event) throws DumpRefused {
        if (notSeen.isEmpty()) {
            return false;
        }
        Entry entry = Entry.parse(GtidEventReader.readMariaDb(event));
        reach(entry);
        Entry mine = notSeen.get(entry.domain());
        if (mine == null) {
            return false;
        }
        if (mine.equals(entry)) {
            notSeen.remove(entry.domain());
        } else if (mine.server() == entry.server() && mine.number() < entry.number()) {
            throw DumpRefused.fatal("Error: connecting slave requested to start from GTID " + mine
                    + ", which is not in the master's binlog. Since the"
                    + " master's binlog contains GTIDs with higher sequence numbers, it probably means that the slave has diverged due to executing"
                    + " extra erroneous transactions");
        }
        return true;
    }

    @Override
    public boolean sendsAllOf(FramedBatch batch) {
        return notSeen.isEmpty();
    }

    @Override
    public Optional<ByteBuffer> reached() {
        List<Entry> all = reached.values().stream().flatMap(domain -> domain.values().stream()).toList();
        ByteBuffer body = ByteBuffer.allocate(Integer.BYTES + all.size() * ENTRY).order(ByteOrder.LITTLE_ENDIAN).putInt(all.size());
        all.forEach(entry -> body.putInt((int) entry.domain()).putInt((int) entry.server()).putLong(entry.number()));
        return Optional.of(body.flip());
    }

    @Override
    public Optional<String> missing() {
        return notSeen.values().stream().findFirst().map(entry -> "Error: connecting slave requested to start from GTID " + entry
                + ", which is not in the master's binlog");
    }
}
