System.Console.WriteLine("segue");
