/** What is looked at before anything starts. */
package io.millrace.preflight;
