/**
 * Packets of the MySQL client/server protocol under MySQL's own names: records, with readers and writers over {@code ByteBuffer}, for
 * both ends of the wire. No sockets are opened here.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html">Client/Server Protocol</a>
 */
package io.millrace.protocol;
