/** A follower over JDBC: HikariCP for connections, Connector/J for the wire, replay or SQL for the rows. */
package io.millrace.follower.jdbc;
