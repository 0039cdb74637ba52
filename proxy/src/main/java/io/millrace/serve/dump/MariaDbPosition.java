package io.millrace.serve.dump;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.GtidEventReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
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
    /** Stands in the word of the list's length: the replica has everything up to where it wanted to stop. */
    private static final int UNTIL_REACHED = 1 << 28;

    private final boolean strict;
    private final boolean before;
    private final boolean ignoresDuplicates;
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

    /** The last of each domain that the replica wants; empty for one that wants everything. */
    private final Optional<Map<Long, Entry>> until;

    /** @throws IllegalArgumentException if what the replica asks for is no list of GTIDs */
    MariaDbPosition(ReplicaSettings.MariaDbRange range) {
        strict = range.strict();
        before = range.before();
        ignoresDuplicates = range.ignoresDuplicates();
        list(range.position()).forEach(entry -> wanted.put(entry.domain(), entry));
        until = range.until().map(text -> {
            Map<Long, Entry> last = new HashMap<>();
            list(text).forEach(entry -> last.put(entry.domain(), entry));
            return last;
        });
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
        before.forEach(this::isBeyondUntil);
        for (int i = 0; i < before.size(); i++) {
            boolean lastOfDomain = i + 1 == before.size() || before.get(i + 1).domain() != before.get(i).domain();
            if (lastOfDomain && before.get(i).equals(notSeen.get(before.get(i).domain()))) {
                notSeen.remove(before.get(i).domain());
            }
        }
    }

    /** Whether the log has all that the replica has. */
    boolean isReachedBy(List<Entry> logged) {
        return wanted.values().stream().allMatch(mine -> isReached(mine, logged));
    }

    private static boolean isReached(Entry mine, List<Entry> logged) {
        return logged.stream().anyMatch(
                entry -> entry.domain() == mine.domain() && entry.server() == mine.server() && entry.number() >= mine.number());
    }

    /**
     * What the replica has and the log does not, of domains that the log has something of.
     *
     * @param logged the last of each domain and server at the end of the log
     */
    Optional<Entry> aheadOf(List<Entry> logged) {
        for (Entry mine : wanted.values()) {
            boolean known = logged.stream().anyMatch(entry -> entry.domain() == mine.domain());
            if (known && !isReached(mine, logged) && !hasFromOthers(mine, logged)) {
                return Optional.of(mine);
            }
        }
        return Optional.empty();
    }

    /** It may have got from another source what this log is still to get. */
    private boolean hasFromOthers(Entry mine, Collection<Entry> logged) {
        return ignoresDuplicates
                && logged.stream().noneMatch(entry -> entry.domain() == mine.domain() && entry.number() >= mine.number());
    }

    private void reach(Entry entry) {
        Map<Long, Entry> domain = reached.computeIfAbsent(entry.domain(), absent -> new LinkedHashMap<>());
        domain.remove(entry.server());
        domain.put(entry.server(), entry);
    }

    @Override
    public boolean skips(BinlogEvent event) throws DumpRefused {
        if (notSeen.isEmpty() && until.isEmpty()) {
            return false;
        }
        Entry entry = Entry.parse(GtidEventReader.readMariaDb(event));
        reach(entry);
        boolean beyond = isBeyondUntil(entry);
        return isBeforeStart(entry) || beyond;
    }

    /** A domain that is not named is not wanted at all; of the others all up to the one that is named, which may itself be missing. */
    private boolean isBeyondUntil(Entry entry) {
        if (until.isEmpty()) {
            return false;
        }
        Entry last = until.get().get(entry.domain());
        if (last == null) {
            return true;
        }
        if (last.server() == entry.server() && last.number() <= entry.number()) {
            until.get().remove(entry.domain());
        }
        return last.server() == entry.server() && (last.number() < entry.number() || before && last.number() == entry.number());
    }

    private boolean isBeforeStart(Entry entry) throws DumpRefused {
        Entry mine = notSeen.get(entry.domain());
        if (mine == null) {
            return false;
        }
        if (mine.equals(entry)) {
            notSeen.remove(entry.domain());
        } else if (mine.server() == entry.server() && mine.number() < entry.number()) {
            if (!strict) {
                notSeen.remove(entry.domain());
                return false;
            }
            throw DumpRefused.fatal("Error: connecting slave requested to start from GTID " + mine
                    + ", which is not in the master's binlog. Since the"
                    + " master's binlog contains GTIDs with higher sequence numbers, it probably means that the slave has diverged due to executing"
                    + " extra erroneous transactions");
        }
        return true;
    }

    @Override
    public boolean sendsAllOf(FramedBatch batch) {
        return notSeen.isEmpty() && until.isEmpty();
    }

    @Override
    public boolean hasEnd() {
        return until.isPresent();
    }

    @Override
    public Optional<ByteBuffer> last() {
        return until.filter(Map::isEmpty).map(nothingLeft -> reachedWith(UNTIL_REACHED));
    }

    @Override
    public Optional<ByteBuffer> reached() {
        return Optional.of(reachedWith(0));
    }

    private ByteBuffer reachedWith(int flags) {
        List<Entry> all = reached.values().stream().flatMap(domain -> domain.values().stream()).toList();
        ByteBuffer body = ByteBuffer.allocate(Integer.BYTES + all.size() * ENTRY).order(ByteOrder.LITTLE_ENDIAN).putInt(all.size() | flags);
        all.forEach(entry -> body.putInt((int) entry.domain()).putInt((int) entry.server()).putLong(entry.number()));
        return body.flip();
    }

    /** A leader's own words. */
    static String notInLog(Entry entry) {
        return "Error: connecting slave requested to start from GTID " + entry + ", which is not in the master's binlog";
    }

    @Override
    public Optional<String> missing() {
        // A domain that this log has nothing of is served by another leader of the same replica.
        return notSeen.values().stream().filter(entry -> reached.containsKey(entry.domain()))
                .filter(entry -> !hasFromOthers(entry, reached.getOrDefault(entry.domain(), Map.of()).values())).findFirst()
                .map(MariaDbPosition::notInLog);
    }
}
