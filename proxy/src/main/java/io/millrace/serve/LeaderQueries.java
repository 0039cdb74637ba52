package io.millrace.serve;

import io.millrace.serve.login.Account;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The leader as a server of statements, for clients that need some which the log does not answer. Any thread opens. */
public interface LeaderQueries {
    /**
     * Begins a session.
     *
     * @param collation the number of that in which text is sent and read; 0 for any
     * @param multiStatements whether a command may hold several statements
     * @throws IOException if the leader cannot be reached, or refuses the account
     */
    Connection open(Account.AtLeader account, int collation, boolean multiStatements) throws IOException;

    /** A connection that belongs to one client. One thread; {@link #close} from any. */
    interface Connection extends AutoCloseable {
        /**
         * Runs a command.
         *
         * @param command as the client sent it
         * @param answer takes the answer, be it an error of the leader's
         * @throws IOException if the leader is lost, or the answer is not taken
         */
        void run(ByteBuffer command, Answer answer) throws IOException;

        /** The number of this connection at the leader, which KILL takes. */
        long id();

        @Override
        void close();
    }

    /** Takes the frames of an answer piece by piece. */
    interface Answer {
        /** A frame begins. */
        void frame(int length) throws IOException;

        /** The next piece of its payload, good until this returns. */
        void part(ByteBuffer bytes) throws IOException;
    }
}
