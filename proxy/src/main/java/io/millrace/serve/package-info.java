/**
 * The relay log over MySQL's replication protocol: to a native replica, Millrace is the leader. The edge: Vert.x owns the sockets; each
 * client has a virtual thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_replication.html">Replication Protocol</a>
 */
package io.millrace.serve;
