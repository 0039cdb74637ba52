package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.follower.FollowerException;
import java.time.Duration;
import java.util.Optional;

/** What did not get along with others: which transactions go by themselves when they are tried again, and how often they are. One thread. */
final class Retries {
    private static final int MOST = 20;
    private static final long PAUSE_MILLIS = 10;

    private BinlogCoordinates singlyTo;
    private Optional<BinlogCoordinates> alone = Optional.empty();
    private int count;

    /** @param start where applying begins */
    Retries(BinlogCoordinates start) {
        this.singlyTo = start;
    }

    /**
     * The transaction is to be tried again, by itself.
     *
     * @throws FollowerException.Conflict if it has been often enough
     */
    void again(FollowerException.Conflict conflict, BinlogCoordinates transaction) throws FollowerException.Conflict {
        if (++count > MOST) {
            throw conflict;
        }
        singlyTo = transaction;
    }

    /** How long to wait before the next try. */
    Duration pause() {
        return Duration.ofMillis(PAUSE_MILLIS * count);
    }

    /** A commit went through. */
    void over() {
        count = 0;
    }

    /** Whether a transaction that begins there is applied one to one. */
    boolean isSingle(BinlogCoordinates transaction) {
        return transaction.compareTo(singlyTo) <= 0;
    }

    /** Notes that a transaction must not share its fate with others, and gives what makes them be tried again. */
    FollowerException.Conflict mustGoAlone(BinlogCoordinates transaction) {
        alone = Optional.of(transaction);
        return new FollowerException.Conflict("the transaction at " + transaction + " must be applied by itself", null);
    }

    /** Whether that was noted of the transaction that begins there. */
    boolean isAlone(BinlogCoordinates transaction) {
        return alone.filter(transaction::equals).isPresent();
    }
}
