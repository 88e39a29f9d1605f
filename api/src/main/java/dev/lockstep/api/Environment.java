package dev.lockstep.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The variables of a process and its user's home directory.
///
/// @param variables name to value; they may hold secrets, so [#toString] does not show them
/// @param accountHome the home directory of the user's account, if it has one
public record Environment(Map<String, String> variables, @Nullable String accountHome) {
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\w+)|\\{([^}]*)})");
  private static final Path ACCOUNTS = Path.of("/etc/passwd");

  /// Java's word for an account without a home directory.
  private static final String NO_HOME = "?";

  public Environment {
    variables = Map.copyOf(variables);
    accountHome = NO_HOME.equals(accountHome) ? null : accountHome;
  }

  /// That of this process.
  public static Environment ofThisProcess() {
    return new Environment(System.getenv(), System.getProperty("user.home"));
  }

  /// The value of a variable, unless it is unset or empty.
  public Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }

  /// `$HOME`, else the account's home directory. Java's `user.home` is the account's whatever
  /// `$HOME` says, which differs under sudo, in the containers of CI systems and on clusters;
  /// shells and other programs go by `$HOME`.
  public Optional<String> home() {
    return variable("HOME").or(() -> Optional.ofNullable(accountHome));
  }

  /// A path in which `~`, `~USER`, `$NAME` and `${NAME}` are replaced, in this order and each once,
  /// as Python's `os.path.expanduser` and `expandvars` do. What is unknown stays as it is. A shell
  /// leaves a `~` in quotes, after `--option=` and in files of settings to the program.
  public String expand(String path) {
    return expandVariables(expandHome(path));
  }

  private String expandHome(String path) {
    if (!path.startsWith("~")) {
      return path;
    }
    int slash = path.indexOf('/');
    String user = path.substring(1, slash < 0 ? path.length() : slash);
    String rest = slash < 0 ? "" : path.substring(slash);
    return (user.isEmpty() ? home() : homeOf(user))
        .map(home -> home.replaceFirst("/+$", "") + rest)
        .map(expanded -> expanded.isEmpty() ? "/" : expanded)
        .orElse(path);
  }

  private static Optional<String> homeOf(String user) {
    try (Stream<String> accounts = Files.lines(ACCOUNTS, StandardCharsets.ISO_8859_1)) {
      return accounts
          .map(account -> account.split(":", -1))
          .filter(fields -> fields.length > 5 && fields[0].equals(user))
          .map(fields -> fields[5])
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private String expandVariables(String path) {
    return VARIABLE.matcher(path).replaceAll(match -> Matcher.quoteReplacement(valueOf(match)));
  }

  private String valueOf(MatchResult reference) {
    String name = reference.group(1) != null ? reference.group(1) : reference.group(2);
    return variables.getOrDefault(name, reference.group());
  }

  @Override
  public String toString() {
    return "Environment[home=%s]".formatted(home().orElse("none"));
  }
}
