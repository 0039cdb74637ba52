/** The leader's statements, run as an applier thread would. */
package io.millrace.follower.jdbc.statements;
