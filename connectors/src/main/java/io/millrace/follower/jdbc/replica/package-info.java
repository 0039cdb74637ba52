/** Native replicas over JDBC: pointed at us, started, and asked how they are. */
package io.millrace.follower.jdbc.replica;
