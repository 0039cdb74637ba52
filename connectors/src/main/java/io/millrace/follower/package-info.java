/** The port to a follower that Millrace itself applies to: where it stands, and one session that moves it on. */
package io.millrace.follower;
