package io.millrace;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The dependency rules of ARCHITECTURE.md. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.millrace");
    private static final String[] CORE = {"io.millrace.binlog..", "io.millrace.protocol..", "io.millrace.preflight..", "io.millrace.leader",
            "io.millrace.snapshot", "io.millrace.follower", "io.millrace.relay..", "io.millrace.store..", "io.millrace.replication..",
            "io.millrace.serve.dump.."};
    private static final String[] ADAPTERS = {"io.millrace.leader.mysql..", "io.millrace.snapshot.mysql..", "io.millrace.follower.jdbc..",
            "io.millrace.connection.."};

    @Test
    void theCoreKnowsNoTechnology() {
        noClasses().that().resideInAnyPackage(CORE).should().dependOnClassesThat().resideInAnyPackage("io.vertx..", "io.netty..", "java.sql..",
                "com.mysql..", "com.zaxxer..", "com.github.shyiko..", "io.millrace.config..").check(CLASSES);
    }

    @Test
    void theCoreKnowsNoAdapterAndNoEdge() {
        noClasses().that().resideInAnyPackage(CORE).should().dependOnClassesThat().resideInAnyPackage(ADAPTERS).check(CLASSES);
        noClasses().that().resideInAnyPackage(CORE).should().dependOnClassesThat()
                .resideInAnyPackage("io.millrace.admin..", "io.millrace.app..", "io.millrace.serve", "io.millrace.serve.login..",
                        "io.millrace.serve.sql..")
                .check(CLASSES);
    }

    @Test
    void valuesKnowNothingElse() {
        noClasses().that().resideInAPackage("io.millrace.binlog..").should().dependOnClassesThat()
                .resideInAnyPackage("io.millrace.protocol..", "io.millrace.leader..", "io.millrace.snapshot..", "io.millrace.follower..",
                        "io.millrace.connection..", "io.millrace.relay..", "io.millrace.store..", "io.millrace.replication..")
                .check(CLASSES);
    }

    @Test
    void portsDoNotKnowEachOther() {
        noClasses().that().resideInAPackage("io.millrace.leader..").should().dependOnClassesThat()
                .resideInAnyPackage("io.millrace.snapshot..", "io.millrace.follower..").check(CLASSES);
        noClasses().that().resideInAPackage("io.millrace.snapshot..").should().dependOnClassesThat()
                .resideInAnyPackage("io.millrace.leader..", "io.millrace.follower..").check(CLASSES);
        noClasses().that().resideInAPackage("io.millrace.follower..").should().dependOnClassesThat()
                .resideInAnyPackage("io.millrace.leader..", "io.millrace.snapshot..").check(CLASSES);
    }

    @Test
    void theRelayLogDoesNotKnowWhoUsesIt() {
        noClasses().that().resideInAPackage("io.millrace.relay..").should().dependOnClassesThat()
                .resideInAnyPackage("io.millrace.leader..", "io.millrace.follower..", "io.millrace.replication..", "io.millrace.store..")
                .check(CLASSES);
    }

    @Test
    void whoeverServesNeverSeesTheLeader() {
        noClasses().that().resideInAPackage("io.millrace.serve..").should().dependOnClassesThat()
                .resideInAnyPackage("io.millrace.leader..", "io.millrace.follower..", "io.millrace.admin..").check(CLASSES);
        noClasses().that().resideInAnyPackage("io.millrace.serve.login..", "io.millrace.serve.sql..").should().dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "io.netty..").check(CLASSES);
    }

    @Test
    void onlyTheAppConstructsAdapters() {
        classes().that().resideInAnyPackage(ADAPTERS).should().onlyHaveDependentClassesThat()
                .resideInAnyPackage("io.millrace.app..", "io.millrace.connection..", "io.millrace.leader.mysql..", "io.millrace.snapshot.mysql..",
                        "io.millrace.follower.jdbc..")
                .check(CLASSES);
    }

    @Test
    void thereAreNoPackageCycles() {
        slices().matching("io.millrace.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void classesAreFinalOrSealed() {
        classes().that().areNotInterfaces().and().areNotAnnotations().and().areNotAnonymousClasses().and().doNotHaveModifier(JavaModifier.ABSTRACT)
                .and().areNotEnums().should().haveModifier(JavaModifier.FINAL).check(CLASSES);
    }

    @Test
    void onlyTheConsolePrints() {
        noClasses().that().doNotHaveFullyQualifiedName("io.millrace.app.Console").should().accessField(System.class, "out").orShould()
                .accessField(System.class, "err").check(CLASSES);
    }

    @Test
    void nobodyUsesCompletableFutures() {
        noClasses().that().resideInAnyPackage(CORE).should().dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.CompletableFuture")
                .check(CLASSES);
    }
}
