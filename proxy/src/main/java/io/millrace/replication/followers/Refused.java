package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.EventType;
import io.millrace.follower.FollowerException;
import java.io.IOException;

/** What the log may hold that cannot be applied, and what a person can do then. */
final class Refused {
    private static final String PLACE = " of the leader's log)";

    private Refused() {
    }

    /** Tells where it is; what may be repeated still may. */
    static FollowerException.Rejected between(FollowerException.Rejected refused, BinlogCoordinates from, BinlogCoordinates to,
            boolean rollsBackAll) {
        String said = String.valueOf(refused.getMessage());
        String placed = said.contains(PLACE) ? said : said + " (between " + from + " and " + to + PLACE;
        return new FollowerException.Rejected(placed, refused, refused.isRepeatable() && rollsBackAll);
    }

    static FollowerException incident(int type, BinlogCoordinates end) {
        return new FollowerException.Rejected("The log holds a " + EventType.name(type) + " event before " + end
                + ", which cannot be applied: the leader has lost changes of its own log; seed the follower again", null);
    }

    static FollowerException statementInXa(BinlogCoordinates end) {
        return new FollowerException.Rejected("The log holds a statement inside an XA transaction before " + end
                + ", which cannot be applied at its commit: use binlog_format=ROW on the leader, and seed the follower again", null);
    }

    static FollowerException unknownXa(String xid, BinlogCoordinates end) {
        return new FollowerException.Rejected("The log commits the XA transaction " + xid + " before " + end
                + ", but not the log nor the snapshot has its rows: seed the follower again", null);
    }

    static FollowerException damaged(BinlogCoordinates end, IOException cause) {
        return new FollowerException.Rejected("A compressed transaction before " + end + " cannot be unpacked: " + cause.getMessage(), cause);
    }

    static FollowerException unreadableFile(BinlogCoordinates start, IOException cause) {
        return new FollowerException.Rejected("The file of the LOAD DATA in the transaction at " + start + " cannot be read: " + cause.getMessage(),
                cause);
    }
}
