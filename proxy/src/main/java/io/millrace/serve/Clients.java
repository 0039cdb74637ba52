package io.millrace.serve;

import io.millrace.replication.Audience;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Everybody who is connected. Any thread. */
final class Clients {
    private final Map<Long, ClientSession> byId = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();

    /** Numbers are never given twice, since a KILL may come late. */
    long nextId() {
        return lastId.incrementAndGet() & 0xffffffffL;
    }

    void add(ClientSession client) {
        byId.put(client.id(), client);
    }

    void remove(ClientSession client) {
        byId.remove(client.id());
    }

    int count() {
        return byId.size();
    }

    List<ClientSession> all() {
        return byId.values().stream().sorted(Comparator.comparingLong(ClientSession::id)).toList();
    }

    Optional<ClientSession> find(long id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** @param managed the accounts of the replicas that Millrace has set up */
    List<Audience.Reader> readers(Set<String> managed) {
        return all().stream().flatMap(client -> client.stream().map(stream -> new Audience.Reader(client.user(), client.peer(), stream.serverId(),
                managed.contains(client.user()), stream.sentTo(), stream.acknowledged())).stream()).toList();
    }

    /** A replica has connected again: what is left of its connection before must not be served on. */
    void replaceOlder(ClientSession newer) {
        for (ClientSession other : all()) {
            if (other != newer && other.isDumping() && newer.isSameReplicaAs(other)) {
                other.replaced();
            }
        }
    }
}
