/** What the leader compressed, made plain: MySQL's whole transactions, MariaDB's single events. */
package io.millrace.binlog.compressed;
