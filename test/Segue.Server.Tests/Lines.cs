using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Segue.Server.Tests;

/// <summary>A log that keeps its sentences.</summary>
internal sealed class Lines : ILogger, ILoggerFactory
{
    private readonly ConcurrentQueue<string> _said = new();

    public string[] Said => [.. _said];

    /// <summary>Runs in the middle of what says so.</summary>
    public Action<EventId>? Meanwhile { get; init; }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _said.Enqueue(formatter(state, exception));
        Meanwhile?.Invoke(eventId);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
