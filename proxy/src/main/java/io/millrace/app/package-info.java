/** The process: command line, assembly, start and stop. The only place that constructs adapters. */
package io.millrace.app;
