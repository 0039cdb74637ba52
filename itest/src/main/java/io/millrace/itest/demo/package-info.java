/** The demo: a leader, two followers, a changing load, a kill on the way, and a verdict. */
package io.millrace.itest.demo;
