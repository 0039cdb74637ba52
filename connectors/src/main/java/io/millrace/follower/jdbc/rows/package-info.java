/** Two ways to give rows to a follower: the leader's own row events, or SQL made of them. */
package io.millrace.follower.jdbc.rows;
