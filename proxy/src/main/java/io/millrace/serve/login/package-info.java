/** Who may connect, and how they show it. */
package io.millrace.serve.login;
