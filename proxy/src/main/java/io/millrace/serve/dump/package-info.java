/** The stream of events to one replica: where it begins, what it leaves out, what is made up for it. No sockets are opened here. */
package io.millrace.serve.dump;
