/**
 * Events of the binary log: a record for what an event says, a reader for how it stands in bytes.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/namespacemysql_1_1binlog_1_1event.html">mysql::binlog::event</a>
 */
package io.millrace.binlog.event;
