using Segue.Core.Recovery.Resuming;
using Segue.Core.Routing;
using Segue.Simulation.Clients;
using Segue.Simulation.Engines;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Gateways;

/// <summary>Hands pages out, counts their rows, and compares another run's with what was delivered (R7).</summary>
internal sealed class Delivery(Gateway gateway, SimMember member)
{
    public static void Count(Handle handle, int[] rows)
    {
        foreach (var row in rows)
        {
            var hash = Rows.Hash(row, handle.RowKey);
            handle.Delivered = handle.Delivered.With(hash);
            handle.Hashes?.Add(hash);
        }
    }

    public static void BeginResume(Handle handle) => handle.Resume = new ResumeCheck(
        handle.Delivered, handle.Hashes is { } hashes ? Rows.SetOf(hashes) : null, handle.Statement!.Class.Ordered);

    /// <returns>False where the page is used up and the next one is wanted.</returns>
    public bool Give(Call call, Handle handle, in QueryToken token, Attempt attempt, PageAnswer page)
    {
        if (page.Error is { } error)
        {
            End(call, handle, token, [], Told.Failed, error);
            return true;
        }
        attempt.Page = page.Next;
        if (handle.Resume is { } resume)
            return Compare(call, handle, token, resume, page);
        Give(call, handle, token, page.Rows, page.Next < 0);
        return true;
    }

    public static void Queued(Call call, Handle handle, in QueryToken token) => Answer(call, handle, token, new ClientPage([], Gateway.TokenOf(handle, token.Sequence + 1), Told.Nothing, ""));

    /// <summary>The last page: the ending is recorded before it is answered (R3.3).</summary>
    public void End(Call call, Handle handle, in QueryToken token, int[] rows, Told told, string why)
    {
        member.World.Say(member.Name, $"ends {handle.Statement} at page {token.Sequence}: {told} {why}");
        gateway.Journal.End(handle);
        Answer(call, handle, token, new ClientPage(rows, null, told, why));
    }

    private void Give(Call call, Handle handle, in QueryToken token, int[] rows, bool last)
    {
        Count(handle, rows);
        if (last)
            End(call, handle, token, rows, Told.Success, "");
        else
            Answer(call, handle, token, new ClientPage(rows, Gateway.TokenOf(handle, token.Sequence + 1), Told.Nothing, ""));
    }

    private bool Compare(Call call, Handle handle, in QueryToken token, ResumeCheck resume, PageAnswer page)
    {
        foreach (var row in page.Rows)
        {
            if (resume.Phase != ResumePhase.Failed && resume.Next(Rows.Hash(row, handle.RowKey), Rows.Hash(Rows.KeyOf(row), handle.RowKey + 1)))
                handle.Aside.Add(row);
        }
        if (page.Next < 0 && resume.Phase != ResumePhase.Failed)
            resume.End();
        if (resume.Phase == ResumePhase.Failed)
        {
            member.Cluster.Effects.ResumeFailed(handle.Statement!, resume.Failure);
            End(call, handle, token, [], Told.Unchanged, $"another run does not complete what was delivered: {resume.Failure}");
            return true;
        }
        if (resume.Phase == ResumePhase.Comparing)
            return false;
        int[] rows = [.. handle.Aside];
        handle.Resume = null;
        handle.Aside.Clear();
        Give(call, handle, token, rows, page.Next < 0);
        return true;
    }

    private static void Answer(Call call, Handle handle, in QueryToken token, ClientPage page)
    {
        (handle.Answered, handle.LastAnswer) = (token.Sequence, page);
        call.Answer(page);
    }
}
