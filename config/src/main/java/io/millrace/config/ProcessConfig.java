package io.millrace.config;

import java.nio.file.Path;

/** What belongs to the process and not to one channel. */
public record ProcessConfig(
        @Setting(value = "The folder that holds the relay logs and snapshots of every channel, each under the channel's name.", orElse = "/var/lib/millrace") Path dataDirectory,
        @Setting(value = "The loopback port on which `millrace status` asks the running process; 0 takes a free one. It has no login: every user of this machine may read the status and have a snapshot taken.", orElse = "8380", min = 0, max = 65535) int httpPort,
        @Setting(value = "How log lines look: `text` for people, `json` for machines.", orElse = "text") LogFormat logFormat) {

    /** How log lines look. */
    public enum LogFormat {
        TEXT, JSON
    }
}
