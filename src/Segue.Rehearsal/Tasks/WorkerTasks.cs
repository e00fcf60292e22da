using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Segue.Rehearsal.Hosting;

namespace Segue.Rehearsal.Tasks;

/// <summary>The tasks on a worker: running until they are deleted or their coordinator is silent for too long (protocol.md §4).</summary>
internal sealed class WorkerTasks(TimeProvider time)
{
    /// <summary>task.client.timeout.</summary>
    private static readonly TimeSpan ClientTimeout = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _running = new(StringComparer.Ordinal);

    /// <summary>The coordinators' side: PUT makes a task, GET touches it and says whether it still runs.</summary>
    public Task HandleOwnAsync(HttpContext http, string id)
    {
        DropAbandoned();
        if (HttpMethods.IsPut(http.Request.Method))
            _running[id] = time.GetUtcNow();
        else if (_running.TryGetValue(id, out var last))
            _running.TryUpdate(id, time.GetUtcNow(), last);
        else
            return Answer.StatusAsync(http, 404);
        return Answer.StatusAsync(http, 200);
    }

    /// <summary>The engines' own paths: the list does not touch the tasks, DELETE ends one.</summary>
    public Task HandleAsync(HttpContext http, string id)
    {
        DropAbandoned();
        if (HttpMethods.IsGet(http.Request.Method) && id.Length == 0)
            return Answer.JsonAsync(http, json =>
            {
                json.WriteStartArray();
                foreach (var (task, touched) in _running)
                    WriteTask(json, task, touched, "RUNNING");
                json.WriteEndArray();
            });
        var known = _running.TryGetValue(id, out var last);
        if (HttpMethods.IsDelete(http.Request.Method))
        {
            _running.TryRemove(id, out _);
            var end = http.Request.Query["abort"] == "false" ? "CANCELED" : "ABORTED";
            return known ? Answer.JsonAsync(http, json => WriteTask(json, id, last, end)) : Answer.StatusAsync(http, 204);
        }
        if (!known)
            return Answer.StatusAsync(http, 404);
        _running.TryUpdate(id, time.GetUtcNow(), last);
        return Answer.JsonAsync(http, json => WriteTask(json, id, last, "RUNNING"));
    }

    private void DropAbandoned()
    {
        var now = time.GetUtcNow();
        foreach (var (task, touched) in _running)
            if (now - touched > ClientTimeout)
                _running.TryRemove(task, out _);
    }

    private static void WriteTask(Utf8JsonWriter json, string id, DateTimeOffset touched, string state)
    {
        json.WriteStartObject();
        json.WriteString("taskId", id);
        json.WriteStartObject("taskStatus");
        json.WriteString("taskId", id);
        json.WriteString("state", state);
        json.WriteEndObject();
        json.WriteString("lastHeartbeat", touched.UtcDateTime);
        json.WriteEndObject();
    }
}
