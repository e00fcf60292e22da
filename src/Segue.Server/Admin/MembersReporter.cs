using Segue.Core.Members;

namespace Segue.Server.Admin;

/// <summary>Projects the picture of the members onto the report.</summary>
internal static class MembersReporter
{
    public static MembersReport? Of(MembersPicture? picture) => picture is null ? null : new MembersReport
    {
        Lease = new LeaseReport(Word(picture.Lease), picture.Conductor, picture.LeaseSentence),
        Store = new StoreReport(Word(picture.Store), picture.AwaySince, picture.StoreSentence),
        Right = new RightReport(Word(picture.Right), picture.RightUntil, picture.FailsafeUntil, picture.PromisedUntil, picture.RightSentence),
        List = [.. picture.Members.Select(Of)],
    };

    private static MemberReport Of(MemberPicture member) => new()
    {
        Id = member.Id,
        Name = member.Name,
        Self = member.IsMe,
        Conductor = member.IsConductor,
        Machine = member.Listed?.Machine,
        Process = member.Listed?.Process,
        Address = member.Listed?.Address?.ToString(),
        Since = member.Listed?.Since,
        AckedEpoch = member.Acked,
        Ack = Word(member.Ack),
        MayStay = member.MayStay,
        Reach = Word(member.Reach),
        Reaches = member.Reaches,
        Misses = member.Misses,
        ToldSecondsAgo = member.Age?.TotalSeconds,
        Sentence = member.Sentence,
    };

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
