package io.millrace.binlog;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * An immutable set of GTIDs, tags included, in the text form that the server reads and writes.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-gtids-concepts.html">GTID Sets</a>
 */
public final class GtidSet {
    private static final GtidSet EMPTY = new GtidSet(new TreeMap<>());

    private final SortedMap<GtidSource, Intervals> members;

    private GtidSet(SortedMap<GtidSource, Intervals> members) {
        this.members = members;
    }

    /** The set without members. */
    public static GtidSet empty() {
        return EMPTY;
    }

    /**
     * Reads {@code uuid:1-5:7:tag:1-3,uuid:…}; white space is allowed where the server allows it.
     *
     * @throws IllegalArgumentException if the text is no GTID set
     */
    public static GtidSet parse(String text) {
        Builder builder = new Builder();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                parseServer(part.strip(), builder);
            }
        }
        return builder.build();
    }

    private static void parseServer(String part, Builder builder) {
        String[] pieces = part.split(":", -1);
        UUID server = UUID.fromString(pieces[0].strip());
        String tag = "";
        for (int i = 1; i < pieces.length; i++) {
            String piece = pieces[i].strip().toLowerCase(Locale.ROOT);
            if (piece.isEmpty()) {
                throw new IllegalArgumentException("not a GTID set: \"" + part + "\"");
            }
            if (Character.isDigit(piece.charAt(0))) {
                int dash = piece.indexOf('-');
                long first = Long.parseLong(dash < 0 ? piece : piece.substring(0, dash));
                builder.add(new GtidSource(server, tag), first, dash < 0 ? first : Long.parseLong(piece.substring(dash + 1)));
            } else {
                tag = piece;
            }
        }
    }

    public boolean isEmpty() {
        return members.isEmpty();
    }

    public boolean contains(Gtid gtid) {
        Intervals intervals = members.get(gtid.source());
        return intervals != null && intervals.contains(gtid.number());
    }

    /** Whether every member of {@code other} is a member of this set. */
    public boolean containsAll(GtidSet other) {
        return other.members.entrySet().stream().allMatch(theirs -> {
            Intervals mine = members.get(theirs.getKey());
            return mine != null && mine.containsAll(theirs.getValue());
        });
    }

    /** Whether a member of {@code other} is a member of this set; quick where {@code other} is small. */
    public boolean containsAnyOf(GtidSet other) {
        for (Map.Entry<GtidSource, Intervals> theirs : other.members.entrySet()) {
            Intervals mine = members.get(theirs.getKey());
            for (int i = 0; mine != null && i < theirs.getValue().count(); i++) {
                if (mine.containsAny(theirs.getValue().first(i), theirs.getValue().last(i))) {
                    return true;
                }
            }
        }
        return false;
    }

    public GtidSet union(GtidSet other) {
        return new Builder(this).addAll(other).build();
    }

    /** The members of this set that are not in {@code other}. */
    public GtidSet minus(GtidSet other) {
        SortedMap<GtidSource, Intervals> rest = new TreeMap<>();
        members.forEach((source, mine) -> {
            Intervals theirs = other.members.get(source);
            Intervals left = theirs == null ? mine.copy() : mine.minus(theirs);
            if (left.count() > 0) {
                rest.put(source, left);
            }
        });
        return new GtidSet(rest);
    }

    /** This set without anything that one server has given out. */
    public GtidSet without(UUID server) {
        SortedMap<GtidSource, Intervals> rest = copyOf(members);
        rest.keySet().removeIf(source -> source.server().equals(server));
        return new GtidSet(rest);
    }

    /** What of this set some servers have given out. */
    public GtidSet of(Set<UUID> servers) {
        SortedMap<GtidSource, Intervals> rest = copyOf(members);
        rest.keySet().removeIf(source -> !servers.contains(source.server()));
        return new GtidSet(rest);
    }

    /** Who has given out its members. */
    public Set<UUID> servers() {
        return members.keySet().stream().map(GtidSource::server).collect(Collectors.toUnmodifiableSet());
    }

    private static SortedMap<GtidSource, Intervals> copyOf(Map<GtidSource, Intervals> members) {
        SortedMap<GtidSource, Intervals> copy = new TreeMap<>();
        members.forEach((source, intervals) -> copy.put(source, intervals.copy()));
        return copy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GtidSet that && members.equals(that.members);
    }

    @Override
    public int hashCode() {
        return members.hashCode();
    }

    /** The server's own form: one entry a server, its tags after its untagged numbers. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        UUID server = null;
        for (Map.Entry<GtidSource, Intervals> member : members.entrySet()) {
            GtidSource source = member.getKey();
            if (!source.server().equals(server)) {
                text.append(server == null ? "" : ",").append(source.server());
                server = source.server();
            }
            text.append(source.tag().isEmpty() ? "" : ":" + source.tag()).append(':').append(member.getValue());
        }
        return text.toString();
    }

    /** Grows a set; adding the next number of a server allocates nothing. One thread. */
    public static final class Builder {
        private final SortedMap<GtidSource, Intervals> members;

        public Builder() {
            members = new TreeMap<>();
        }

        public Builder(GtidSet start) {
            members = copyOf(start.members);
        }

        /** Adds {@code first} to {@code last}, both included. */
        public Builder add(GtidSource source, long first, long last) {
            if (first < 1 || last < first || last == Long.MAX_VALUE) { // The server ends its numbers one below it.
                throw new IllegalArgumentException("not a GTID interval: " + source + ":" + first + "-" + last);
            }
            members.computeIfAbsent(source, absent -> new Intervals()).add(first, last);
            return this;
        }

        public Builder add(Gtid gtid) {
            return add(gtid.source(), gtid.number(), gtid.number());
        }

        public Builder addAll(GtidSet other) {
            other.members.forEach((source, theirs) -> members.merge(source, theirs.copy(), Intervals::union));
            return this;
        }

        public boolean contains(Gtid gtid) {
            Intervals intervals = members.get(gtid.source());
            return intervals != null && intervals.contains(gtid.number());
        }

        public GtidSet build() {
            return new GtidSet(copyOf(members));
        }
    }
}
