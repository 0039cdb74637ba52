package io.millrace.app;

import io.millrace.admin.AdminServer;
import io.millrace.snapshot.SnapshotException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. */
@Command(name = "millrace", mixinStandardHelpOptions = true, versionProvider = VersionCommand.Version.class, subcommands = {RunCommand.class,
        CheckCommand.class, SnapshotCommand.class, StatusCommand.class, HashPasswordCommand.class, VersionCommand.class}, description = {
                "Keeps MySQL followers in step with a leader: takes an exact snapshot without locking it, seeds followers, applies the backlog,"
                        + " and stays live.",
                "", "First `millrace check --config FILE`, then `millrace run --config FILE`, then `millrace status --config FILE`."}, footer = {"",
                        "Exit codes: 0 done; 1 it failed, the message says why; 2 the command line or the configuration is wrong;"
                                + " 3 check found something that must be mended, or memory ran out, after which run goes on where it was;"
                                + " 143 and 130 run was ended by SIGTERM and Ctrl-C."})
public final class Main {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int FOUND = 3;

    private Main() {
    }

    /** Runs one command and exits with its code. */
    public static void main(String[] arguments) {
        if (arguments.length > 0 && arguments[0].equals("run")) {
            FailStop.install();
            Thread.ofPlatform().daemon().name("warm-up").start(AdminServer::warmUp);
            // A process that serves should be back soon: the descriptions of the other commands are not needed for that.
            CommandLine run = new CommandLine(new RunCommand()).setCommandName("millrace run");
            System.exit(sayingWhy(run).execute(Arrays.copyOfRange(arguments, 1, arguments.length)));
        }
        System.exit(sayingWhy(new CommandLine(new Main())).execute(arguments));
    }

    /** A line, and no trace of the program's inside. */
    private static CommandLine sayingWhy(CommandLine command) {
        return command.setExecutionExceptionHandler((failure, failed, parsed) -> {
            boolean told = failure instanceof IOException || failure instanceof IllegalArgumentException || failure instanceof SnapshotException;
            boolean bare = failure instanceof FileSystemException; // Its message is a path.
            Console.error(told && !bare ? String.valueOf(failure.getMessage()) : (told ? "" : "unexpected failure, please report it: ") + failure);
            return FAILED;
        });
    }
}
