package io.millrace.preflight;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the configuration names and the leader does not have. */
public final class Missing {
    private Missing() {
    }

    /**
     * Schemas; some may come later, but not all.
     *
     * @param wanted those that snapshot.schemas names; none means all
     * @param there those that the account sees
     */
    public static Optional<Finding> schemas(List<String> wanted, List<String> there) {
        Set<String> missing = new TreeSet<>(wanted);
        missing.removeAll(there);
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        String what = "The leader has no schema " + String.join(", ", missing) + ", or does not show it to the account, which snapshot.schemas names";
        return Optional.of(missing.size() == Set.copyOf(wanted).size()
                ? Finding.error(what, "mend snapshot.schemas")
                : Finding.warning(what, "mend snapshot.schemas, unless it is still to come"));
    }
}
