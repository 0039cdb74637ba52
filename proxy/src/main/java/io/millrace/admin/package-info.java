/** What an operator sees over HTTP. The edge: Vert.x owns the sockets here. */
package io.millrace.admin;
