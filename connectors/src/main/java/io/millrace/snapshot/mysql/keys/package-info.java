/** How a table is split into ranges of its primary key. */
package io.millrace.snapshot.mysql.keys;
