package dev.lockstep.harness.worker;

import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Asks every variant, each in a worker of its own and under a timeout, whether it can run here.
public final class AvailabilityCheck {
  /// A check that hangs says no.
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final int AT_ONCE = 2;

  private AvailabilityCheck() {}

  /// @param variants those that can run, in order
  /// @param devices what they would run on
  /// @param unavailable those that cannot, in order, each with reason and remedy in one line
  public record Result(
      List<BackendVariant> variants,
      Map<BackendVariant, String> devices,
      Map<BackendVariant, String> unavailable) {}

  /// Asks them all.
  public static Result of(List<BackendVariant> variants, WorkerFactory factory) {
    List<BackendVariant> available = new ArrayList<>();
    Map<BackendVariant, String> devices = new LinkedHashMap<>();
    Map<BackendVariant, String> unavailable = new LinkedHashMap<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<Reply.AvailabilityAnswer>> answers = new ArrayList<>();
      for (BackendVariant variant : variants) {
        Callable<Reply.AvailabilityAnswer> question = () -> ask(variant, factory);
        answers.add(executor.submit(question));
      }
      for (int i = 0; i < variants.size(); i++) {
        Reply.AvailabilityAnswer answer = answers.get(i).get();
        if (answer.available()) {
          available.add(variants.get(i));
          devices.put(variants.get(i), String.valueOf(answer.device()));
        } else {
          unavailable.put(variants.get(i), answer.reason() + "; " + answer.remedy());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking for availability", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return new Result(available, devices, unavailable);
  }

  /// Asks them all; none may say no.
  ///
  /// @throws UserError naming the first that cannot run here, and why
  public static void require(List<BackendVariant> variants, WorkerFactory factory) {
    of(variants, factory)
        .unavailable()
        .forEach(
            (variant, why) -> {
              throw UserError.unavailable(variant.label() + " is unavailable: " + why);
            });
  }

  private static Reply.AvailabilityAnswer ask(BackendVariant variant, WorkerFactory factory) {
    try (Worker worker = factory.withTimeout(TIMEOUT).start(variant)) {
      return factory.withTimeout(TIMEOUT).availability(worker, variant);
    } catch (WorkerFailure e) {
      return new Reply.AvailabilityAnswer(
          false,
          null,
          "its availability check failed: " + e.getMessage(),
          factory.extraJvmArgs().isEmpty()
              ? "see the log"
              : "is --worker-jvm-arg right? it has " + String.join(" ", factory.extraJvmArgs()));
    }
  }
}
