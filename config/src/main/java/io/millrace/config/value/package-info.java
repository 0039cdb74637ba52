/** Values of settings that have a form of their own: sizes, secrets, ranges of addresses. */
package io.millrace.config.value;
