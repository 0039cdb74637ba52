package io.millrace.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code millrace version}. */
@Command(name = "version", mixinStandardHelpOptions = true, description = "Prints the version.")
final class VersionCommand implements Callable<Integer> {
    /** The version of the running jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[]{"millrace " + (version == null ? "(from source)" : version) + ", Java " + Runtime.version()};
        }
    }

    @Override
    public Integer call() {
        Console.out(new Version().getVersion()[0]);
        return Main.OK;
    }
}
