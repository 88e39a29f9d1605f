package dev.lockstep.harness.worker;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.ContractReport.LawResult;
import dev.lockstep.tck.ContractRunner;
import dev.lockstep.tck.Subject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/// Holds a backend to the contract and tells the parent of every law as it goes.
final class ContractWork implements Subject, ContractRunner.Progress {
  private final Backend backend;
  private final Request.Contract request;
  private final RequestHandler.Sender sender;

  ContractWork(Backend backend, Request.Contract request, RequestHandler.Sender sender) {
    this.backend = backend;
    this.request = request;
    this.sender = sender;
  }

  void run() {
    ContractRunner.run(this, request.laws(), this);
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public Map<String, String> options() {
    return request.options();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return request.bitIdenticalBatches();
  }

  @Override
  public void started(String topic, String law, String variant) {
    send(new Reply.LawStarted(topic, law, variant));
  }

  @Override
  public void finished(LawResult result) {
    send(new Reply.LawFinished(result));
  }

  private void send(Reply reply) {
    try {
      sender.send(reply);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
