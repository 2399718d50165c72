namespace FaceId.Application.Recognition.Accuracy;

/// <summary>A pair of a pairs file: a photo's number counts from 1 within its person.</summary>
public sealed record LfwPair(string FirstPerson, int First, string SecondPerson, int Second)
{
    public bool Same => FirstPerson == SecondPerson;
}
