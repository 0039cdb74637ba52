/** The leader over MySQL's replication protocol, in the dialects of MySQL 5.7 to 9.x and MariaDB 10.6 and later. */
package io.millrace.leader.mysql;
