/**
 * The packets with which a connection begins, for the side of the server.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html">Connection Phase</a>
 */
package io.millrace.protocol.login;
